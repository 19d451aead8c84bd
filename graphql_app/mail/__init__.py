"""Mail: messages to identities, sent in the background by SMTP, or written to files without an SMTP server."""
