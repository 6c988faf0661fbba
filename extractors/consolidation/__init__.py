"""What the sources of one tender say together: frozen records in, frozen records out, no database."""
