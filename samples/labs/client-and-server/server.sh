#!/bin/sh
# Runs as root at each boot of the server, once the network is up. The page stays as students left it.
mkdir -p /srv/www
[ -e /srv/www/index.html ] || echo "Hello from the server." > /srv/www/index.html
chown -R lab /srv/www
exec httpd -f -p 80 -h /srv/www
