"""A made-up web shop: the sample traffic of `fluoro demo` and of the console.

Pure: seed and times in.
"""
