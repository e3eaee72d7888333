"""From a sample file to a running source: layout, recognition, draft of a spec, differences between deliveries."""
