"""The OpenAPI document: is it valid, is it true, is it compatible with the released one."""
