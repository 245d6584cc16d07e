# Sourced by up, down and with: where a named cloud lives and which ports it takes.
# Packages are shared by all clouds and all clones; a cloud's data belongs to its name.
CLOUD=${CARRETE_CLOUD:-demo}
case $CLOUD in
  demo) offset=0; origins=http://127.0.0.1:8080,http://localhost:8080 ;;
  test) offset=20000; origins=$(printf ',http://127.0.0.1:%s' {28080..28099}); origins=${origins:1} ;;   # 28100 is refused for real
  packages | *[!a-z0-9-]* | '') echo "CARRETE_CLOUD='$CLOUD': a name of a-z, 0-9 and - is needed" >&2; exit 2 ;;
  *) offset=${TB_PORT_OFFSET:?a cloud that is neither demo nor test needs its own port offset}; origins= ;;
esac
CACHE=${CARRETE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/carrete}/openstack
PACKAGES=$CACHE/packages DATA=$CACHE/$CLOUD
VENV=$PACKAGES/venv ETC=$DATA/etc OFFSET=${TB_PORT_OFFSET:-$offset}
SOCK=$DATA/run/db.sock
if [ ${#SOCK} -gt 100 ]; then       # the kernel takes 107 bytes: reach the folder by a short link that only we can follow
  link=/tmp/carrete-$(id -u); mkdir -m 700 -p "$link"; [ -O "$link" ] || { echo "$link belongs to somebody else" >&2; exit 2; }
  link=$link/$(cksum <<<"$DATA" | cut -d' ' -f1); ln -sfn "$DATA/run" "$link"; SOCK=$link/db.sock
fi
export TB_DATA=$DATA TB_VENV=$VENV TB_SOCKET=$SOCK TB_PORT_OFFSET=$OFFSET CORS_ORIGINS=${CORS_ORIGINS:-${origins:-http://127.0.0.1:8080}}
export PATH=$VENV/bin:$PATH PYTHONDONTWRITEBYTECODE=1 OS_CLIENT_CONFIG_FILE=$ETC/clouds.yaml
