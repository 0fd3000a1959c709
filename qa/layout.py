"""Names of collections, and of the files and folders of one on disk."""

DEFAULT_COLLECTION = "default"

CATALOGUE_FILE = "catalogue.sqlite"
FEEDBACK_FILE = "feedback.jsonl"
REVIEWED_FILE = "feedback-reviewed.jsonl"
GOLD_FILE = "gold.jsonl"

# Inside a generation's folder:
DENSE_FILE = "dense.faiss"
LEXICAL_FOLDER = "lexical"
TOKENS_FOLDER = "tokens"
ROWS_FILE = "rows.npy"
ABBREVIATIONS_FILE = "abbreviations.json"
WORDS_FILE = "words.sqlite"
