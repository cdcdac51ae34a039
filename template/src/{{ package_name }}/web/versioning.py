"""The versions of the public interface. A breaking change is a new one (``docs/api.md``)."""

V1 = "/v1"
