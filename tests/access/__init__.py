"""Tests of tokens against the stored access, role and credentials of their users."""
