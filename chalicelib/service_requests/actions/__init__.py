"""What can be done with a service request, whichever door asks: load, apply the rule, save, again on a conflict."""
