"""An action's file as text: judged while it is typed, completed where the cursor stands, saved if nobody else did."""
