"""What runs on the student's side of the wall. It holds no tests, no expected values and no marks."""
