import React from 'react';
export default function Incident({ name }: { name: string }) { return <div>Incident {name}</div>; }
