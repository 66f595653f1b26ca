"""What two versions of a rule judge differently: the smallest timelines that tell them apart."""
