"""The way in: admission, the spool, the mover, the loss ledger."""
