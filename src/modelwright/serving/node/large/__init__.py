"""Large bodies and answers, read and written in a process of its own: what takes a second shall keep nobody waiting."""
