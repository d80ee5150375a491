#!/bin/sh
# Runs once, when the server boots for the first time.
mkdir -p /srv/www
echo "Hello from the server." > /srv/www/index.html
chown -R lab /srv/www
exec httpd -f -p 80 -h /srv/www
