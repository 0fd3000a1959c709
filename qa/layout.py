"""Names of the files and folders of a collection on disk."""

CATALOGUE_FILE = "catalogue.sqlite"

# Inside a generation's folder:
DENSE_FILE = "dense.faiss"
LEXICAL_FOLDER = "lexical"
TOKENS_FOLDER = "tokens"
ROWS_FILE = "rows.npy"
