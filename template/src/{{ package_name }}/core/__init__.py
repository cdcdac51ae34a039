"""What every slice needs and none owns: no business words in here."""
