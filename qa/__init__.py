"""Documents, passages, retrieval, evidence and answers; no HTTP, HTML or printing."""
