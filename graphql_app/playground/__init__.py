"""GraphiQL in one self-contained page. `source/` builds it; `dist/` has the page and the licences of its parts."""
