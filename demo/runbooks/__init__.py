"""An example of an app that extends Response: runbooks in the channel, customers in mind."""
