"""What runs on the student's side of the wall: it holds no tests, no expected values and no marks."""
