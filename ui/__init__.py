"""The faces: command line, HTTP API and chat page; no retrieval or scoring logic."""
