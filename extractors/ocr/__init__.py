"""Pages that are images: which they are, what stands on them, and how sure that is. The programs are `flows.tools`."""
