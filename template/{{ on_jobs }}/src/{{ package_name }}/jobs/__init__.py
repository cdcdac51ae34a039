"""Jobs, as their owners and those who look after the service see them."""
