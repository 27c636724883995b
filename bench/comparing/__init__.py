"""What bench/compare is made of: the same work for each name server, measured in turn."""
