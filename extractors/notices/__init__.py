"""Published notices (BOAMP, TED, DECP): bytes in, frozen `Notice` records out; no network."""
