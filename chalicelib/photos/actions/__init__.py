"""What can be done with photos, whichever door or event asks: load, apply the rule, save, again on a conflict."""
