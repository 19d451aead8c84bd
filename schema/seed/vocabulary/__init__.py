"""The words that made-up data is put together from: by rules, so that few words give many readable texts."""
