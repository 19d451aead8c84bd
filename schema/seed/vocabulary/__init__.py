"""Vocabulary of made-up data, combined by rules, so that few words give many readable texts."""
