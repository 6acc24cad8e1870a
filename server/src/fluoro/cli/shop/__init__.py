"""A made-up web shop whose traces `fluoro demo` sends. Pure: seed and times in."""
