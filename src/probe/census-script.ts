// What runs on a node: a shell that reads the sysctls anew whenever it is asked for, and ends when nobody asks any more.
// POSIX sh with grep and cat, so that busybox is enough. It writes nothing anywhere.

/** Where files of sysctls lie, the most important folder first (sysctl.d(5)). */
export const SYSCTL_FOLDERS = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
] as const

const WANTED = 'rp_filter|ip_forward|\\.forwarding'

/**
 * For each line of standard input it prints one reading, up to a line "#end"; the line "all" asks for files and packet
 * filter, too.
 * @param root what stands in front of the paths of the node's files
 */
export function censusScript(root: string): string {
  const place = `'${root.replaceAll("'", "'\\''")}'`
  return `
root=${place}
show() { echo "#file $1"; grep -E '${WANTED}' "$root$1" 2>/dev/null; }
PATH="$PATH:/usr/sbin:/sbin"
while read -r what; do
  echo '#values'
  grep -H . /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null
  echo '#netstat'
  grep '^TcpExt:' /proc/net/netstat
  if [ "$what" = all ]; then
    for folder in ${SYSCTL_FOLDERS.join(' ')}; do
      for file in "$root$folder"/*.conf; do
        [ -e "$file" ] && show "$folder/\${file##*/}"
      done
    done
    [ -e "$root/etc/sysctl.conf" ] && show /etc/sysctl.conf
    profile=$(cat "$root/etc/tuned/active_profile" 2>/dev/null)
    if [ -n "$profile" ]; then
      echo "#tuned $profile"
      for name in $profile; do
        for file in /usr/lib/tuned/$name/tuned.conf /usr/lib/tuned/profiles/$name/tuned.conf /etc/tuned/$name/tuned.conf /etc/tuned/profiles/$name/tuned.conf; do
          [ -e "$root$file" ] && show "$file"
        done
      done
    fi
    echo '#filter'
    iptables-save -c 2>/dev/null | grep -e '-m rpfilter'
    ip6tables-save -c 2>/dev/null | grep -e '-m rpfilter'
    nft list ruleset 2>/dev/null | grep -E 'fib [a-z .]*saddr.*(drop|reject)'
  fi
  echo '#end'
done
`
}
