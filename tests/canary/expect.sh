#!/bin/sh
# expect.sh PROGRAM REPORT: succeeds if the program fails and its report says so.
if output=$("$1" 2>&1); then
    echo "$1 succeeded"
    exit 1
fi
case $output in
*"$2"*) ;;
*)
    echo "$1 failed without '$2': $output"
    exit 1
    ;;
esac
