"""What runs Clausoscope: command line, pool of processes, Prefect flows; nothing below imports it."""
