"""What Knock does with a trigger: definitions, the engine that walks them, conditions, preferences, templates."""
