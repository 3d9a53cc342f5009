"""What supervisors, operators and Prometheus learn of a process."""
