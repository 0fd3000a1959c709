"""Names of collections, and of the files and folders of one on disk."""

DEFAULT_COLLECTION = "default"

CATALOGUE_FILE = "catalogue.sqlite"

# Inside a generation's folder:
DENSE_FILE = "dense.faiss"
LEXICAL_FOLDER = "lexical"
TOKENS_FOLDER = "tokens"
ROWS_FILE = "rows.npy"
