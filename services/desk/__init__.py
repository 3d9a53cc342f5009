"""What officers have before them: handoffs, their cards, talks, a record of what staff did."""
