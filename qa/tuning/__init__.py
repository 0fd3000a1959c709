"""Tuning: a static model goes on learning from the user's documents, and is measured before and after."""
