"""The chat page: Gradio blocks over one bot. All that it shows of documents is escaped in templates."""
