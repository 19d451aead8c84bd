"""GraphiQL in one self-contained page: `source/` builds it, `dist/` has the result and its parts' licences."""
