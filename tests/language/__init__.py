"""Ready for languages: nothing that people read is missed, and each reads the right one."""
