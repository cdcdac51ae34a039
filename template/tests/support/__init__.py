"""What several kinds of tests share: the service as a process, databases of one's own, a cuttable wire."""
