"""The shells around it: UDP, HTTP, the X-Ray API, the console, lifecycle."""
