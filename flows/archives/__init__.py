"""Archives of tender documents: what they hold, laid in a folder, their tree kept and their traps refused."""
