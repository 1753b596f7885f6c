#!/bin/sh
# Mounts below the folder $1: a tmpfs, a FUSE file system whose server never answers (descriptor 9), a tmpfs;
# then runs the rest of the arguments. To be called inside `unshare --mount`.
set -e
folder=$1
shift
mkdir "$folder/before" "$folder/hung" "$folder/after"
mount -t tmpfs before "$folder/before"
exec 9<>/dev/fuse
mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 hung "$folder/hung"
mount -t tmpfs after "$folder/after"
exec "$@"
