# Prints the lines 'user:password' of cloud-config's 'chpasswd: list: |'.
{ match($0, /^ */); indent = RLENGTH }
inside && /[^ ]/ && indent <= depth { inside = 0 }
inside && /[^ ]/ { sub(/^ */, ""); print }
/^ +list: *\|/ { inside = 1; depth = indent }
