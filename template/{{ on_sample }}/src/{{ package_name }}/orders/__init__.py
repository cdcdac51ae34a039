"""Orders: from placing them to shipping or cancelling them."""
