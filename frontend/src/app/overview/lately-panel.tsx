import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { latestMovesQuery, latestVersionsQuery } from "@/features/registry/api/lately";
import { AliasBadges, ModelLink, VersionLink } from "@/features/registry/links";
import { useLive } from "@/shared/lib/live";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import css from "./glance.module.css";
import { type News, newsOf } from "./lately";

const SHOWN = 6;

/** What happened to models lately: versions registered, aliases moved. */
export function LatelyPanel() {
  const refetchInterval = useLive(false);
  const versions = useQuery({ ...latestVersionsQuery(SHOWN), refetchInterval });
  const moves = useQuery({ ...latestMovesQuery(SHOWN), refetchInterval });
  const news = newsOf(versions.data?.items ?? [], moves.data?.items ?? [], SHOWN);
  return (
    <Panel title="Versions and aliases" actions={news.length > 0 && <Link to="/models">All models</Link>}>
      <Loaded of={[versions, moves].find((one) => one.error || one.isPending) ?? moves} lines={3}>
        {news.length === 0 ? (
          <Quiet>No version yet. A run's page registers one, and so does mlflow.register_model.</Quiet>
        ) : (
          <ul className={css.list}>
            {news.map((item) => (
              <li key={item.key}>
                <OneNews item={item} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function OneNews({ item }: { item: News }) {
  return (
    <>
      <div className={css.line}>
        {item.number === null ? (
          <ModelLink name={item.model} />
        ) : (
          <VersionLink name={item.model} number={item.number} text={`${item.model} version ${item.number}`} />
        )}
        {item.alias !== null && <AliasBadges aliases={[item.alias]} />}
      </div>
      <Quiet>
        {item.what} by {item.by}, <Time ms={item.atMs} />
      </Quiet>
    </>
  );
}
