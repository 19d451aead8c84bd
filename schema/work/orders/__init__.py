"""Where orders become work: their tasks are made when they are placed, and fulfil them when they are done."""
