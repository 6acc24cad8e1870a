"""The only room that knows ClickHouse: schema, writer, readers, retention."""
